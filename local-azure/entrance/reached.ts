/** What stands in for a public host of which nothing is simulated. */
export const reachedPage =
  '<!doctype html>\n<title>Reached</title>\n<p>Local Azure stands in for this host.</p>\n';
