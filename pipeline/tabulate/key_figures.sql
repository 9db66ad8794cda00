-- Numbers of the running text that no other table holds.
WITH asked AS (
    SELECT count(*) AS recipients, CAST(sum(requisitioned_kr) AS BIGINT) AS requisitioned_kr,
           count(return_row) AS returned, CAST(sum(used_kr) AS BIGINT) AS used_kr,
           CAST(sum(unused_kr) AS BIGINT) AS unused_kr,
           CAST(sum(requisitioned_kr) FILTER (WHERE unused_kr IS NOT NULL) AS BIGINT) AS accounted_kr,
           count(*) FILTER (WHERE used_kr > 0) AS used,
           count(*) FILTER (WHERE unused_kr > 0) AS repaying,
           count(*) FILTER (WHERE unused_kr > 0 AND used_kr = 0) AS repaying_all,
           count(*) FILTER (WHERE unused_kr = 0) AS all_to_the_krona,
           count(*) FILTER (WHERE unused_kr > 0 AND used_kr > 0) AS part_to_the_krona,
           count(*) FILTER (WHERE unused_kr > 0 AND unused_percent = 0) AS rounded_to_all
    FROM base_recipients
    WHERE year = $year
), whole AS (
    SELECT (SELECT count(*) FROM municipalities) AS municipalities, (SELECT count(*) FROM regions) AS regions
)
SELECT unnest([
    {figure: 'year', value: CAST(g.year AS BIGINT), unit: 'year'},
    {figure: 'municipalities', value: w.municipalities, unit: 'count'},
    {figure: 'regions', value: w.regions, unit: 'count'},
    {figure: 'available_kr', value: g.available_kr, unit: 'kr'},
    {figure: 'recipients', value: a.recipients, unit: 'count'},
    {figure: 'not_requisitioned', value: w.municipalities - a.recipients, unit: 'count'},
    {figure: 'requisitioned_kr', value: coalesce(a.requisitioned_kr, 0), unit: 'kr'},
    {figure: 'requisitioned_percent', value: percent(coalesce(a.requisitioned_kr, 0), g.available_kr), unit: 'percent'},
    {figure: 'not_requisitioned_kr', value: g.available_kr - coalesce(a.requisitioned_kr, 0), unit: 'kr'},
    {figure: 'returned', value: a.returned, unit: 'count'},
    {figure: 'not_returned', value: a.recipients - a.returned, unit: 'count'},
    {figure: 'accounted_kr', value: coalesce(a.accounted_kr, 0), unit: 'kr'},
    {figure: 'used', value: a.used, unit: 'count'},
    {figure: 'used_kr', value: coalesce(a.used_kr, 0), unit: 'kr'},
    {figure: 'used_percent', value: percent(coalesce(a.used_kr, 0), a.accounted_kr), unit: 'percent'},
    {figure: 'unused_kr', value: coalesce(a.unused_kr, 0), unit: 'kr'},
    {figure: 'repaying', value: a.repaying, unit: 'count'},
    {figure: 'repaying_all', value: a.repaying_all, unit: 'count'},
    {figure: 'all_to_the_krona', value: a.all_to_the_krona, unit: 'count'},
    {figure: 'part_to_the_krona', value: a.part_to_the_krona, unit: 'count'},
    {figure: 'rounded_to_all', value: a.rounded_to_all, unit: 'count'},
    {figure: 'to_treasury_kr', value: g.available_kr - coalesce(a.requisitioned_kr, 0) + coalesce(a.unused_kr, 0), unit: 'kr'}
], recursive := true)
FROM grant_years AS g, asked AS a, whole AS w
WHERE g.year = $year
