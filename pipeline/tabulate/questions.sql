-- Every option of every choice and multi question: how many in the question's base chose it. One query for all questions.
WITH counted AS MATERIALIZED (SELECT * FROM counted_answers WHERE year = $year),
asked AS (SELECT question, count(*) AS n FROM counted GROUP BY question),
chosen AS (
    SELECT question, option, count(*) AS n
    FROM (SELECT question, unnest(list_distinct(options)) AS option FROM counted)
    GROUP BY ALL
)
SELECT o.question, o.option, coalesce(c.n, 0) AS count, coalesce(a.n, 0) AS base,
       percent(coalesce(c.n, 0), coalesce(a.n, 0)) AS percent
FROM options AS o
JOIN questions AS q ON q.year = o.year AND q.question = o.question AND q.answered
LEFT JOIN asked AS a ON a.question = o.question
LEFT JOIN chosen AS c ON c.question = o.question AND c.option = o.option
WHERE o.year = $year
ORDER BY q.position, o.position
