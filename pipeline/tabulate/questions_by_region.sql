-- The same for each of the 21 regions, north to south; the base is the question's base in the region.
WITH counted AS MATERIALIZED (SELECT * FROM counted_answers WHERE year = $year),
asked AS (SELECT question, region_code, count(*) AS n FROM counted GROUP BY ALL),
chosen AS (
    SELECT question, region_code, option, count(*) AS n
    FROM (SELECT question, region_code, unnest(list_distinct(options)) AS option FROM counted)
    GROUP BY ALL
)
SELECT o.question, r.region_code, r.region, o.option, coalesce(c.n, 0) AS count, coalesce(a.n, 0) AS base,
       percent(coalesce(c.n, 0), coalesce(a.n, 0)) AS percent
FROM options AS o
JOIN questions AS q ON q.year = o.year AND q.question = o.question AND q.answered
CROSS JOIN regions AS r
LEFT JOIN asked AS a ON a.question = o.question AND a.region_code = r.region_code
LEFT JOIN chosen AS c ON c.question = o.question AND c.region_code = r.region_code AND c.option = o.option
WHERE o.year = $year
ORDER BY q.position, r.position, o.position
