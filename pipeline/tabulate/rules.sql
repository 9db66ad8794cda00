-- The rules of the grant that the documents state, and the edition that was published.
SELECT rule.rule, rule.value, rule.unit
FROM (
    SELECT unnest([
        {rule: 'requisition_by', value: CAST(requisition_by AS VARCHAR), unit: 'date'},
        {rule: 'use_from', value: CAST(use_from AS VARCHAR), unit: 'date'},
        {rule: 'use_to', value: CAST(use_to AS VARCHAR), unit: 'date'},
        {rule: 'return_by', value: CAST(return_by AS VARCHAR), unit: 'date'},
        {rule: 'minimum_age', value: CAST(minimum_age AS VARCHAR), unit: 'age'},
        {rule: 'redistributes', value: CAST(redistributes AS VARCHAR), unit: 'truth'},
        {rule: 'edition', value: edition, unit: 'edition'},
        {rule: 'published_on', value: CAST(published_on AS VARCHAR), unit: 'date'},
        {rule: 'days_to_publication', value: CASE WHEN days > 0 THEN CAST(days AS VARCHAR) END, unit: 'days'}
    ]) AS rule
    FROM grant_years
    JOIN (SELECT *, date_diff('day', make_date(year, 12, 31), first_published_on) AS days FROM publish) USING (year)
    WHERE year = $year
)
WHERE rule.value IS NOT NULL
