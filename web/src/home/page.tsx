export default function HomePage() {
  return <h1>Executions</h1>;
}
