/** A price that depends on the place's name alone, so that two runs agree. */
export default ({ item }, { usage }) => {
  usage({ usd: 0.2 });
  return { place: item, price: 10 + item.length };
};
