// The schedule as the board knows it: typed arrays, one bar a scheduled task, sorted by row, lane and start.
//
// The body that the server sends: uint32 length of a JSON header, the header padded to four bytes, then the
// columns that the header names, each an int32 or float32 array. Times are seconds after `origin`.

const NOTHING = -2147483648; // "no such time" in an int32 column

/** Index of the first entry in [from, to) whose value is above `limit`; `to` when there is none. */
export function firstAbove(values, limit, from, to) {
  let low = from, high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle] > limit) high = middle; else low = middle + 1;
  }
  return low;
}

/** Split the body into its header and its columns. */
export function decode(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const columns = {};
  let offset = 4 + length;
  for (const [name, kind, size] of header.columns) {
    columns[name] = kind === "f4" ? new Float32Array(buffer, offset, size) : new Int32Array(buffer, offset, size);
    offset += 4 * size;
  }
  return { header, columns };
}

/** Put the bars of each row (sorted by start) into as few lanes as they need, so that none overlap. */
function assignLanes(rowPtr, start, end) {
  const lane = new Int32Array(start.length);
  const lanesOfRow = new Int32Array(rowPtr.length - 1);
  for (let row = 0; row + 1 < rowPtr.length; row++) {
    const ends = [];
    for (let bar = rowPtr[row]; bar < rowPtr[row + 1]; bar++) {
      let free = 0;
      while (free < ends.length && ends[free] > start[bar]) free++;
      ends[free] = end[bar];
      lane[bar] = free;
    }
    lanesOfRow[row] = Math.max(1, ends.length);
  }
  return { lane, lanesOfRow };
}

/** Counting sort: pointers and members of `groups` groups, members in their given order. */
function groupBy(keys, groups) {
  const pointer = new Int32Array(groups + 1);
  for (const key of keys) pointer[key + 1]++;
  for (let group = 0; group < groups; group++) pointer[group + 1] += pointer[group];
  const next = pointer.slice(), members = new Int32Array(keys.length);
  for (let index = 0; index < keys.length; index++) members[next[keys[index]]++] = index;
  return { pointer, members };
}

export class Schedule {
  constructor(buffer) {
    const { header, columns } = decode(buffer);
    Object.assign(this, header);
    this.raw = columns;
    this.size = columns.start.length;
    this.numRows = header.resources.code.length;
    this.sortIntoLanes(columns);
    this.indexOrders(columns);
    this.readCalendars(columns);
    this.sumUp();
  }

  /** Reorder all bars by row, lane and start; `lanePtr` cuts them, `rowLane` says which lanes a row has. */
  sortIntoLanes(columns) {
    const rowPtr = groupBy(columns.row, this.numRows).pointer; // the server sorts by row and start
    const { lane, lanesOfRow } = assignLanes(rowPtr, columns.start, columns.end);
    this.rowLane = new Int32Array(this.numRows + 1);
    for (let row = 0; row < this.numRows; row++) this.rowLane[row + 1] = this.rowLane[row] + lanesOfRow[row];
    const laneOf = lane.map((value, bar) => this.rowLane[columns.row[bar]] + value);
    const { pointer, members } = groupBy(laneOf, this.rowLane[this.numRows]);
    this.lanePtr = pointer;
    for (const name of ["row", "order", "operation", "start", "setup", "end", "note", "batch"]) {
      this[name] = Int32Array.from(members, (bar) => columns[name][bar]);
    }
    this.quantity = Float32Array.from(members, (bar) => columns.quantity[bar]);
    this.lane = Int32Array.from(members, (bar) => laneOf[bar]);
    this.rowPtr = rowPtr;
  }

  indexOrders(columns) {
    this.numOrders = this.orders.code.length;
    for (const name of ["item", "due", "finish", "late", "state", "cause", "wait"]) {
      this[`order_${name}`] = columns[`order_${name}`];
    }
    const found = groupBy(this.order, this.numOrders);
    this.orderPtr = found.pointer;
    this.orderBars = found.members;
    for (let order = 0; order < this.numOrders; order++) {
      const part = this.orderBars.subarray(found.pointer[order], found.pointer[order + 1]);
      part.set(Array.from(part).sort((a, b) => this.start[a] - this.start[b] || this.end[a] - this.end[b]));
    }
    this.orderByCode = new Map(this.orders.code.map((code, index) => [code, index]));
  }

  readCalendars(columns) {
    this.calendars = [];
    for (let index = 0; index + 1 < columns.calendar_ptr.length; index++) {
      const from = columns.calendar_ptr[index], to = columns.calendar_ptr[index + 1];
      const starts = columns.open_start.subarray(from, to), ends = columns.open_end.subarray(from, to);
      const before = new Float64Array(starts.length + 1); // open seconds before each interval
      for (let i = 0; i < starts.length; i++) before[i + 1] = before[i] + ends[i] - starts[i];
      this.calendars.push({ starts, ends, before });
    }
  }

  /** Calendar of a row, or null where it is always open. */
  calendarOf(row) {
    const index = this.resources.calendar[row];
    return index < 0 ? null : this.calendars[index];
  }

  /** Open seconds of a row before a time. */
  openBefore(row, time) {
    const calendar = this.calendarOf(row);
    if (!calendar) return time;
    const next = firstAbove(calendar.starts, time, 0, calendar.starts.length);
    if (next === 0) return 0;
    return calendar.before[next - 1] + Math.min(time, calendar.ends[next - 1]) - calendar.starts[next - 1];
  }

  /** Moment at which `seconds` of open time of a row are over, counted from `time`. */
  advance(row, time, seconds) {
    const calendar = this.calendarOf(row);
    if (!calendar || !calendar.starts.length) return time + seconds;
    const target = this.openBefore(row, time) + seconds;
    const next = firstAbove(calendar.before, target - 1e-6, 0, calendar.before.length);
    if (next === 0 || next >= calendar.before.length) return time + seconds;
    return calendar.starts[next - 1] + target - calendar.before[next - 1];
  }

  /** Running sums that make a merged pixel and a row's load cheap: late bars and working seconds. */
  sumUp() {
    this.lateBefore = new Int32Array(this.size + 1);
    this.workBefore = new Float64Array(this.size + 1);
    for (let bar = 0; bar < this.size; bar++) {
      const row = this.row[bar];
      const work = this.openBefore(row, this.end[bar]) - this.openBefore(row, this.start[bar]);
      this.lateBefore[bar + 1] = this.lateBefore[bar] + (this.isLate(bar) ? 1 : 0);
      this.workBefore[bar + 1] = this.workBefore[bar] + Math.max(0, work);
    }
  }

  isLate(bar) {
    return this.order_late[this.order[bar]] > 0;
  }

  /** Due time of an order, or null. */
  due(order) {
    return this.order_due[order] === NOTHING ? null : this.order_due[order];
  }

  /** Seconds between an order's planned end and its due time (negative: late); null without a due time. */
  slack(order) {
    const due = this.due(order);
    return due === null || this.order_finish[order] === NOTHING ? null : due - this.order_finish[order];
  }

  /** Bars of an order, by start. */
  barsOf(order) {
    return this.orderBars.subarray(this.orderPtr[order], this.orderPtr[order + 1]);
  }

  /** Codes of the orders that run together with a bar, as in an oven. */
  ordersBeside(bar) {
    const codes = new Set();
    if (this.batch[bar] < 0) return codes;
    const row = this.row[bar];
    for (let lane = this.rowLane[row]; lane < this.rowLane[row + 1]; lane++) {
      const [first, last] = this.visible(lane, this.start[bar], this.end[bar]);
      for (let other = first; other < last; other++) {
        if (other !== bar && this.batch[other] === this.batch[bar]) codes.add(this.orders.code[this.order[other]]);
      }
    }
    return codes;
  }

  /** First and last bar + 1 of a lane that touch the time from `from` to `to`. */
  visible(lane, from, to) {
    const first = firstAbove(this.end, from, this.lanePtr[lane], this.lanePtr[lane + 1]);
    return [first, firstAbove(this.start, to, first, this.lanePtr[lane + 1])];
  }

  /** Share of a row's open, paid-for capacity that is taken between two times; null where it is closed. */
  load(row, from, to) {
    const open = (this.openBefore(row, to) - this.openBefore(row, from)) * this.resources.capacity[row];
    if (open <= 0) return null;
    let work = 0;
    for (let lane = this.rowLane[row]; lane < this.rowLane[row + 1]; lane++) {
      const [first, last] = this.visible(lane, from, to);
      if (first >= last) continue;
      work += this.workBefore[last] - this.workBefore[first];
      work -= this.openBefore(row, Math.max(this.start[first], from)) - this.openBefore(row, this.start[first]);
      const end = this.end[last - 1];
      if (end > to) work -= this.openBefore(row, end) - this.openBefore(row, Math.max(to, this.start[last - 1]));
    }
    return Math.max(0, work / open);
  }
}

/** Fetch and decode a schedule. */
export async function fetchSchedule(address) {
  const answer = await fetch(address, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return new Schedule(await answer.arrayBuffer());
}
