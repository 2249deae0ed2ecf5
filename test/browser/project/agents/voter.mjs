export default ({ agent }) =>
  agent === 'buyer'
    ? { vote: { choice: 'approve', reason: 'It is the cheapest that delivers in time.' } }
    : { vote: { choice: 'reject', reason: 'The penalty clause is missing.' } };
