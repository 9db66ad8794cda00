-- What themes.csv says already.
SELECT m.municipality, c.question, c.theme, c.who, NULL AS text
FROM coded AS c JOIN municipalities AS m USING (municipality_code)
WHERE c.year = $year
ORDER BY c.file, c.row
