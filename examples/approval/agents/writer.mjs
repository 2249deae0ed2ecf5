export default ({ input }) => ({ notes: `What is new in ${input.version}: approvals.` });
