-- The files behind the report, with their checksums; the register, which is the same for all years, once.
SELECT year || '-' || role AS source, year, role, file, sheet, sha256
FROM source_files
WHERE year <= $year AND (role <> 'register' OR year = $year)
ORDER BY year, file
