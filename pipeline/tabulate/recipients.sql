-- Every recipient, under the name it has in recipients.csv, in the order of the Swedish alphabet.
SELECT municipality_code, municipality, recipient, allocation_kr, requisitioned_kr, unused_kr, unused_percent
FROM base_recipients
WHERE year = $year
ORDER BY recipient COLLATE sv, municipality_code
