-- The files behind the report's numbers, with their checksums; the register, which is the same for all years, once. What the
-- analysts write stands in the report as it is.
SELECT year || '-' || role || CASE WHEN count(*) OVER roles > 1 THEN '-' || row_number() OVER (roles ORDER BY file) ELSE '' END AS source,
       year, role, file, sheet, sha256
FROM source_files
WHERE year <= $year AND role <> 'text' AND (role <> 'register' OR year = $year)
WINDOW roles AS (PARTITION BY year, role)
ORDER BY year, file
