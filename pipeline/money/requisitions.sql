-- All municipalities: what the list gives each, what it asked for and when. NULL: not known, or it has not asked.
WITH each AS (
    SELECT m.municipality_code, m.municipality, a.amount_kr AS allocation_kr, b.requisitioned_kr, q.requisitioned_on,
           q.requisitioned_on > g.requisition_by AS late
    FROM grant_years AS g
    CROSS JOIN municipalities AS m
    LEFT JOIN allocations AS a ON a.year = g.year AND a.municipality_code = m.municipality_code
    LEFT JOIN base_recipients AS b ON b.year = g.year AND b.municipality_code = m.municipality_code
    LEFT JOIN requisitions AS q ON q.year = b.year AND q.municipality_code = b.municipality_code
    WHERE g.year = $year
)
SELECT municipality_code, municipality, allocation_kr, requisitioned_kr,
       CASE WHEN allocation_kr IS NOT NULL
            THEN greatest(allocation_kr - coalesce(requisitioned_kr, 0), 0) END AS not_requisitioned_kr,
       requisitioned_on, late,
       CASE
           WHEN requisitioned_kr IS NULL AND allocation_kr IS NULL THEN 'not asked, amount not known'
           WHEN requisitioned_kr IS NULL THEN 'not asked'
           WHEN allocation_kr IS NULL THEN 'asked, allocation not known'
           WHEN requisitioned_kr < allocation_kr THEN 'asked for less'
           WHEN requisitioned_kr > allocation_kr THEN 'asked for more'
           ELSE 'asked for all'
       END AS state
FROM each
ORDER BY municipality_code
