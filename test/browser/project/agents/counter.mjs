export default ({ item }) => ({ line: item, length: String(item).length });
