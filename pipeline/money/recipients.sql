-- The year's recipients. unused_kr: NULL without a return. first_on: the first day that a return came in, for one sent
-- in time and mended later was in time; NULL when one has no day.
SELECT b.municipality_code, m.municipality, b.region_code, b.recipient, b.requisitioned_kr, b.unused_kr,
       b.return_row IS NOT NULL AS returned, r.first_on
FROM base_recipients AS b
JOIN municipalities AS m USING (municipality_code)
LEFT JOIN (
    SELECT year, municipality_code,
           CASE WHEN count(*) = count(submitted_on) THEN CAST(min(submitted_on) AS DATE) END AS first_on
    FROM returns
    GROUP BY ALL
) AS r ON r.year = b.year AND r.municipality_code = b.municipality_code
WHERE b.year = $year
ORDER BY m.municipality COLLATE sv, b.municipality_code
