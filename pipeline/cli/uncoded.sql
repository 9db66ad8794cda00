-- The comments and specified answers of a year, to these questions, that have no theme yet.
WITH written AS (
    SELECT a.year, b.municipality_code, a.question, a.text
    FROM answers AS a JOIN base_all AS b ON b.year = a.year AND b.row = a.row
    JOIN questions AS q ON q.year = a.year AND q.question = a.question AND q.kind = 'text'
    WHERE a.text IS NOT NULL
    UNION ALL
    SELECT s.year, b.municipality_code, s.question, s.text
    FROM specified AS s JOIN base_all AS b ON b.year = s.year AND b.row = s.row
)
SELECT m.municipality, w.question, w.text
FROM written AS w
JOIN municipalities AS m USING (municipality_code)
ANTI JOIN coded AS c ON c.year = w.year AND c.municipality_code = w.municipality_code AND c.question = w.question
WHERE w.year = $year AND w.question IN (SELECT unnest($questions))
ORDER BY w.question, m.municipality COLLATE sv
