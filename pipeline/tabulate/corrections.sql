-- Values that were corrected before anything was counted, and rows that do not count, for which nothing is put in their place. The field is the question, in words.
SELECT c.number, c.municipality_code, coalesce(m.municipality, c.municipality_code) AS municipality, c.field,
       coalesce(q.text_sv, c.field) AS question, c.found || CASE c.action WHEN 'ignored' THEN ' (' || c.file || ', ' || c.row || ')' ELSE '' END AS found, coalesce(c.corrected, '') AS corrected, c.reason, c.who, CAST(c.decided_on AS VARCHAR) AS decided_on
FROM corrections AS c
LEFT JOIN municipalities AS m USING (municipality_code)
LEFT JOIN questions AS q ON q.year = c.year AND q.question = c.field
WHERE c.year = $year AND c.action <> 'confirmed'
ORDER BY c.number
