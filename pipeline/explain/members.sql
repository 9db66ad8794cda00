-- The municipalities from north to south, and where the return and the requisition of each stand.
SELECT m.municipality_code, m.municipality, m.region_code, g.region,
       r.file AS return_file, r.file_row AS return_row, q.file AS requisition_file, q.row AS requisition_row
FROM municipalities AS m
JOIN regions AS g USING (region_code)
LEFT JOIN base_all AS r ON r.municipality_code = m.municipality_code AND r.year = $year
LEFT JOIN (
    SELECT municipality_code, any_value(file) AS file, min(row) AS row
    FROM requisitions
    WHERE year = $year
    GROUP BY ALL
) AS q ON q.municipality_code = m.municipality_code
ORDER BY g.position, m.municipality COLLATE sv
