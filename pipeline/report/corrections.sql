-- The corrections of a year, with what the field is: kind is NULL for an amount that is no question.
SELECT c.number, coalesce(m.municipality, c.municipality_code) AS municipality, c.field, q.kind, c.found || CASE c.action WHEN 'ignored' THEN ' (' || c.file || ', ' || c.row || ')' ELSE '' END AS found, coalesce(c.corrected, '') AS corrected, c.reason,
       c.who, c.decided_on, c.file, c.row
FROM corrections AS c
LEFT JOIN municipalities AS m USING (municipality_code)
LEFT JOIN questions AS q ON q.year = c.year AND q.question = c.field
WHERE c.year = $year AND c.action <> 'confirmed'
ORDER BY c.number, c.file, c.row
