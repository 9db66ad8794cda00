-- Municipalities that used money, of all municipalities in the region; north to south.
SELECT r.region_code, r.region, count(m.municipality_code) AS municipalities, count(u.municipality_code) AS used,
       percent(count(u.municipality_code), count(m.municipality_code)) AS percent
FROM regions AS r
JOIN municipalities AS m USING (region_code)
LEFT JOIN base_used AS u ON u.municipality_code = m.municipality_code AND u.year = $year
GROUP BY r.region_code, r.region, r.position
ORDER BY r.position
