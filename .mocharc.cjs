const { availableParallelism } = require("node:os");

module.exports = {
  reporter: "integration/reporter.cjs",
  timeout: 30_000,
  exit: true,
  // Files run beside each other. Many tests wait for clients in processes of their own, so that two take little from each other
  // even where there are only two cores.
  parallel: true,
  jobs: Math.max(2, availableParallelism() - 1),
};
