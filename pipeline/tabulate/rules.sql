-- The rules of the grant that the documents state.
SELECT rule.rule, rule.value, rule.unit
FROM (
    SELECT unnest([
        {rule: 'requisition_by', value: CAST(requisition_by AS VARCHAR), unit: 'date'},
        {rule: 'use_from', value: CAST(use_from AS VARCHAR), unit: 'date'},
        {rule: 'use_to', value: CAST(use_to AS VARCHAR), unit: 'date'},
        {rule: 'return_by', value: CAST(return_by AS VARCHAR), unit: 'date'},
        {rule: 'minimum_age', value: CAST(minimum_age AS VARCHAR), unit: 'age'},
        {rule: 'redistributes', value: CAST(redistributes AS VARCHAR), unit: 'truth'}
    ]) AS rule
    FROM grant_years
    WHERE year = $year
)
WHERE rule.value IS NOT NULL
