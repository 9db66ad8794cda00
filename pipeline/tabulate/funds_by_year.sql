-- The money, a row a year up to this one. Years without returns have the printed figures.
SELECT year, available_kr, requisitioned_kr, recipients, unused_kr, unused_percent
FROM funds
WHERE year <= $year
ORDER BY year
