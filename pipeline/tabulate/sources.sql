-- The files behind the report, with their checksums; the register, which is the same for all years, once.
SELECT year || '-' || role || CASE WHEN count(*) OVER roles > 1 THEN '-' || row_number() OVER (roles ORDER BY file) ELSE '' END AS source,
       year, role, file, sheet, sha256
FROM source_files
WHERE year <= $year AND (role <> 'register' OR year = $year)
WINDOW roles AS (PARTITION BY year, role)
ORDER BY year, file
