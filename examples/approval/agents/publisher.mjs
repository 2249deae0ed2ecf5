export default ({ outputs }) => {
  const { by } = outputs.Approve['publish-it'];
  return { published: `${outputs.Prepare.notes} (approved by ${by})` };
};
