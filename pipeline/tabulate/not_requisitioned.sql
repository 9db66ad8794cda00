-- Municipalities that asked for nothing, region by region from north to south.
SELECT n.municipality_code, n.municipality, n.region_code, r.region
FROM not_requisitioned AS n
JOIN regions AS r USING (region_code)
WHERE n.year = $year
ORDER BY r.position, n.municipality COLLATE sv
