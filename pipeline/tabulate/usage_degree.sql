-- Recipients by how much of the grant they used. "missing" is a row only where a return is missing.
WITH degrees AS (SELECT * FROM (VALUES ('all', 1), ('part', 2), ('none', 3), ('missing', 4)) AS d(option, position))
SELECT d.option, count(b.municipality_code) AS count, base.n AS base, percent(count(b.municipality_code), base.n) AS percent
FROM degrees AS d
CROSS JOIN (SELECT count(*) AS n FROM base_recipients WHERE year = $year) AS base
LEFT JOIN base_recipients AS b ON b.usage_degree = d.option AND b.year = $year
GROUP BY d.option, d.position, base.n
HAVING d.option <> 'missing' OR count(b.municipality_code) > 0
ORDER BY d.position
