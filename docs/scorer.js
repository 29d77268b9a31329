// Headings with the words as they were typed come first; of equal results, guides before the reference.
var Scorer = {
  score: ([page, title, anchor, description, score, file, kind]) =>
    score +
    (kind === "title" ? 10 : 0) +
    (page.startsWith("guides/") || page === "getting_started" ? 3 : 0),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
