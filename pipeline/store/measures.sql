-- Measures: one row for each municipality that adds to one, with what it adds (1 where municipalities are counted). A figure of the
-- report is the sum of such rows, and so its rows are its explanation. Words and units: reports/tables.toml.

-- The year's numbers of each recipient whose talks or money are asked for, NULL where nothing was stated.
CREATE VIEW stated AS
WITH numbers AS (
    SELECT q.year, b.municipality_code, q.question, a.number
    FROM questions AS q
    JOIN bases AS b ON b.year = q.year AND b.base = q.asked
    JOIN answers AS a ON a.year = b.year AND a.row = b.return_row AND a.question = q.question
    WHERE q.kind IN ('money', 'count')
), listed AS (
    SELECT year, municipality_code, max(key_count) AS key_count FROM allocations WHERE municipality_code IS NOT NULL GROUP BY ALL
)
SELECT b.year, b.municipality_code, b.region_code, b.used_kr, l.key_count,
       max(n.number) FILTER (WHERE n.question = 'salary_kr') AS salary_kr,
       max(n.number) FILTER (WHERE n.question = 'persons_total') AS persons_total,
       max(n.number) FILTER (WHERE n.question = 'persons_women') AS persons_women,
       max(n.number) FILTER (WHERE n.question = 'persons_men') AS persons_men
FROM base_used AS b
LEFT JOIN numbers AS n USING (year, municipality_code)
LEFT JOIN listed AS l USING (year, municipality_code)
GROUP BY ALL;

CREATE VIEW measured AS
-- Of everybody.
SELECT g.year, m.municipality_code, m.region_code, 'municipalities' AS measure, CAST(1 AS BIGINT) AS value
FROM grant_years AS g
CROSS JOIN municipalities AS m
UNION ALL
SELECT year, municipality_code, region_code, 'not_requisitioned', 1 FROM not_requisitioned
-- Of nobody in particular: what the grant says.
UNION ALL
SELECT year, NULL, NULL, 'available_kr', available_kr FROM grant_years
UNION ALL
SELECT year, NULL, NULL, 'year', year FROM grant_years
-- Of those who requisitioned. NULL adds nothing: UNPIVOT leaves it out.
UNION ALL
SELECT year, municipality_code, region_code, measure, value
FROM (
    UNPIVOT (
        SELECT year, municipality_code, region_code, CAST(1 AS BIGINT) AS recipients, requisitioned_kr,
               CASE WHEN return_row IS NOT NULL THEN CAST(1 AS BIGINT) END AS returned,
               CASE WHEN return_row IS NULL THEN CAST(1 AS BIGINT) END AS not_returned,
               CASE WHEN unused_kr IS NOT NULL THEN requisitioned_kr END AS accounted_kr,
               used_kr, nullif(unused_kr, 0) AS unused_kr,
               CASE WHEN used_kr > 0 THEN CAST(1 AS BIGINT) END AS used,
               CASE WHEN unused_kr > 0 THEN CAST(1 AS BIGINT) END AS repaying,
               CASE WHEN unused_kr > 0 AND used_kr = 0 THEN CAST(1 AS BIGINT) END AS repaying_all,
               CASE WHEN unused_kr = 0 THEN CAST(1 AS BIGINT) END AS all_to_the_krona,
               CASE WHEN unused_kr > 0 AND used_kr > 0 THEN CAST(1 AS BIGINT) END AS part_to_the_krona,
               CASE WHEN unused_kr > 0 AND unused_percent = 0 THEN CAST(1 AS BIGINT) END AS rounded_to_all
        FROM base_recipients
    ) ON COLUMNS(* EXCLUDE (year, municipality_code, region_code)) INTO NAME measure VALUE value
)
UNION ALL
SELECT year, municipality_code, region_code, 'talks_held', 1 FROM base_talks_held
UNION ALL
SELECT b.year, b.municipality_code, b.region_code, 'talks_not_held', 1
FROM base_used AS b
ANTI JOIN base_talks_held AS t USING (year, municipality_code)
-- Of those who used money, as far as they stated it. A share has in its whole only those who stated the part.
UNION ALL
SELECT year, municipality_code, region_code, measure, value
FROM (
    UNPIVOT (
        SELECT year, municipality_code, region_code, salary_kr, persons_total,
               CASE WHEN salary_kr IS NOT NULL THEN used_kr END AS used_with_salary_kr,
               CASE WHEN persons_total IS NOT NULL THEN CAST(1 AS BIGINT) END AS persons_stated,
               CASE WHEN persons_total IS NOT NULL AND key_count > 0 THEN persons_total END AS persons_with_key,
               CASE WHEN persons_total IS NOT NULL AND key_count > 0 THEN key_count END AS key_count_reached,
               CASE WHEN persons_total > 0 THEN used_kr END AS used_with_persons_kr,
               CASE WHEN persons_women IS NOT NULL AND persons_men IS NOT NULL THEN CAST(1 AS BIGINT) END AS sex_stated,
               CASE WHEN persons_men IS NOT NULL THEN persons_women END AS persons_women,
               CASE WHEN persons_women IS NOT NULL THEN persons_men END AS persons_men,
               persons_women + persons_men AS persons_of_both
        FROM stated
    ) ON COLUMNS(* EXCLUDE (year, municipality_code, region_code)) INTO NAME measure VALUE value
);
