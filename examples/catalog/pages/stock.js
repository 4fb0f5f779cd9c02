// What is known of the stock, from answers and from the change feed.

const known = new Map(); // by product: {pieces, sold}

export const stockOf = (product) => known.get(product);

// Takes over what is newer; true if that is new. `sold` only grows, so that an answer of a replica
// that is behind the change feed is noticed.
export function learn({ product, pieces, sold }) {
  const before = known.get(product);
  if (before && before.sold > sold) return false;
  known.set(product, { pieces, sold });
  return !before || before.pieces !== pieces || before.sold !== sold;
}

// What changed between two states, in words.
export function inWords(before, after) {
  if (!before) return `${after.pieces} left`;
  const sold = after.sold - before.sold;
  const put = after.pieces - before.pieces + sold;
  const parts = [];
  if (sold > 0) parts.push(`${sold} sold`);
  if (put > 0) parts.push(`${put} delivered`);
  return `${parts.join(', ') || 'unchanged'}, ${after.pieces} left`;
}
