-- Answers against each other, a row a return of those who used money. What a form does not ask is NULL, and not compared.
CREATE TEMP VIEW check_use AS
WITH given AS (
    SELECT year, row, max(number) FILTER (WHERE question = 'salary_kr') AS salary_kr,
           max(number) FILTER (WHERE question = 'other_kr') AS other_kr,
           max(number) FILTER (WHERE question = 'persons_total') AS persons_total,
           max(number) FILTER (WHERE question = 'persons_women') AS persons_women,
           max(number) FILTER (WHERE question = 'persons_men') AS persons_men,
           any_value(options) FILTER (WHERE question = 'area_of_use') AS area_of_use
    FROM answers
    GROUP BY ALL
), each AS (
    SELECT b.year, b.municipality_code, b.region_code, b.recipient, b.used_kr, b.return_row, given.*  EXCLUDE (year, row),
           t.return_row IS NOT NULL AS talks_held, n.return_row IS NOT NULL AS not_begun, a.key_count
    FROM base_used AS b
    JOIN given ON given.year = b.year AND given.row = b.return_row
    LEFT JOIN base_talks_held AS t ON t.year = b.year AND t.return_row = b.return_row
    LEFT JOIN base_talks_not_held AS n ON n.year = b.year AND n.return_row = b.return_row
    LEFT JOIN (SELECT year, municipality_code, max(key_count) AS key_count FROM allocations GROUP BY ALL) AS a
        ON a.year = b.year AND a.municipality_code = b.municipality_code
), costs AS (
    SELECT *, used_kr / nullif(persons_total, 0) AS kr_per_person FROM each WHERE talks_held
), regional AS (
    SELECT year, region_code, median(kr_per_person) AS usual_kr, count(kr_per_person) AS known FROM costs GROUP BY ALL
)
SELECT e.year, e.municipality_code, e.recipient, e.used_kr, e.salary_kr, e.other_kr, e.salary_kr + e.other_kr AS spent_kr,
       e.persons_women + e.persons_men AS persons_by_sex, CASE WHEN e.talks_held THEN e.persons_total END AS persons_total,
       e.key_count, array_to_string(e.area_of_use, '; ') AS area_of_use,
       truth(e.not_begun AND coalesce(len(e.area_of_use), 0) > 0, e.area_of_use = ['start']) AS start_alone,
       CAST(round(c.kr_per_person) AS BIGINT) AS kr_per_person, CAST(round(g.usual_kr) AS BIGINT) AS usual_kr,
       CASE WHEN g.known >= 5 THEN c.kr_per_person / nullif(g.usual_kr, 0) END AS cost_ratio,
       before.persons_total AS persons_before, e.persons_total / nullif(before.persons_total, 0) AS change_ratio, r.file, r.file_row AS row
FROM each AS e
JOIN base_all AS r ON r.year = e.year AND r.row = e.return_row
LEFT JOIN costs AS c ON c.year = e.year AND c.municipality_code = e.municipality_code
LEFT JOIN regional AS g ON g.year = e.year AND g.region_code = e.region_code
LEFT JOIN each AS before ON before.year = e.year - 1 AND before.municipality_code = e.municipality_code;
