-- The raw files behind the report, with their checksums.
SELECT year || '-' || role AS source, year, role, file, sheet, sha256
FROM source_files
WHERE year <= $year
ORDER BY year, file
