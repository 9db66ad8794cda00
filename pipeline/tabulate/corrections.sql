-- Values that were corrected before anything was counted. The field is the question, in words.
SELECT c.number, c.municipality_code, coalesce(m.municipality, c.municipality_code) AS municipality, c.field,
       coalesce(q.text_sv, c.field) AS question, c.found, c.corrected, c.reason, c.who, CAST(c.decided_on AS VARCHAR) AS decided_on
FROM corrections AS c
LEFT JOIN municipalities AS m USING (municipality_code)
LEFT JOIN questions AS q ON q.year = c.year AND q.question = c.field
WHERE c.year = $year
ORDER BY c.number
