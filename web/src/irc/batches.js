// Puts together what comes in batches (IRCv3 "Batch"), which may be nested. Pure.
//
// A unit is a line as parseLine() gives it, or {batch: type, params, tags, source, items: [unit]}: what is inside an open
// batch is given out with it, when it ends.

// Beyond it the lines of open batches are dropped: a bound for a server that never ends one.
const MAX_OPEN_LINES = 50000;

export class Batches {
  #open = new Map();
  #lines = 0;

  // Gives the unit that this line completes, or null.
  take(line) {
    if (line.command === 'BATCH' && line.params.length > 0) {
      const reference = line.params[0].slice(1);
      if (line.params[0].startsWith('+')) return this.#begin(reference, line);
      return this.#end(reference);
    }
    return this.#put(line, line.tags.get('batch'));
  }

  #begin(reference, line) {
    const [, batch = '', ...params] = line.params;
    this.#open.set(reference, { batch, params, tags: line.tags, source: line.source, items: [] });
    return null;
  }

  #end(reference) {
    const unit = this.#open.get(reference);
    if (!unit) return null;
    this.#open.delete(reference);
    if (this.#open.size === 0) this.#lines = 0;
    return this.#put(unit, unit.tags.get('batch'));
  }

  #put(unit, reference) {
    const outer = reference === undefined ? undefined : this.#open.get(reference);
    if (!outer) return unit;
    if (this.#lines < MAX_OPEN_LINES) {
      this.#lines += 1;
      outer.items.push(unit);
    }
    return null;
  }
}

// The lines of a unit, of whatever batches.
export function linesOf(unit) {
  return unit.items ? unit.items.flatMap(linesOf) : [unit];
}
