// Time for people: a time zone's clock, and the ticks of the axis in it, daylight saving included.

export const MINUTE = 60, HOUR = 3600, DAY = 86400, WEEK = 604800;
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const pad = (value) => String(value).padStart(2, "0");

export class Zone {
  constructor(name) {
    this.name = name;
    this.known = new Map();
    this.format = new Intl.DateTimeFormat("en-GB", {
      timeZone: name, hourCycle: "h23",
      year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric",
    });
  }

  /** Seconds that local time is ahead of UTC at a moment (Unix seconds). */
  offset(moment) {
    const quarter = Math.floor(moment / 900);
    let found = this.known.get(quarter);
    if (found === undefined) {
      const part = {};
      for (const { type, value } of this.format.formatToParts(quarter * 900000)) part[type] = Number(value);
      found = Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute) / 1000 - quarter * 900;
      this.known.set(quarter, found);
    }
    return found;
  }

  /** The wall clock at a moment, as a Date to be read with its getUTC functions. */
  clock(moment) {
    return new Date((moment + this.offset(moment)) * 1000);
  }

  /** Moment at which the wall clock shows `local` (seconds as if it were UTC). */
  moment(local) {
    const guess = local - this.offset(local);
    return local - this.offset(guess);
  }
}

export const formatTime = (clock) => `${pad(clock.getUTCHours())}:${pad(clock.getUTCMinutes())}`;
export const formatDay = (clock) => `${DAYS[clock.getUTCDay()]} ${clock.getUTCDate()} ${MONTHS[clock.getUTCMonth()]}`;
export const formatMoment = (clock) => `${formatDay(clock)}, ${formatTime(clock)}`;

/** A length of time in the two units that matter: "3 d 4 h", "25 min". */
export function formatSpan(seconds) {
  const total = Math.round(Math.abs(seconds));
  if (total < MINUTE) return `${total} s`;
  if (total < HOUR) return `${Math.round(total / MINUTE)} min`;
  const [big, small, unit, rest] = total >= DAY ? [DAY, HOUR, "d", "h"] : [HOUR, MINUTE, "h", "min"];
  let many = Math.floor(total / big), few = Math.round((total % big) / small);
  if (few * small === big) { many += 1; few = 0; }
  return few ? `${many} ${unit} ${few} ${rest}` : `${many} ${unit}`;
}

// Date.UTC takes years below 100 for those of the 20th century, so months are counted from 1970.
const monthStart = (month) => Date.UTC(1970, month - 1970 * 12, 1) / 1000;
const week = (clock) => {
  const thursday = new Date(clock.getTime() + (3 - ((clock.getUTCDay() + 6) % 7)) * DAY * 1000);
  return 1 + Math.floor((thursday - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / (WEEK * 1000));
};

// Small step, what it is called, the large step above it, and how that is called.
const dayTitle = (clock) => `${formatDay(clock)} ${clock.getUTCFullYear()}`;
const monthTitle = (clock) => `${MONTHS[clock.getUTCMonth()]} ${clock.getUTCFullYear()}`;
const STEPS = [
  ...[1, 5, 10, 15, 30].map((minutes) => [minutes * MINUTE, formatTime, DAY, dayTitle]),
  ...[1, 2, 3, 6, 12].map((hours) => [hours * HOUR, formatTime, DAY, dayTitle]),
  [DAY, (clock) => `${DAYS[clock.getUTCDay()]} ${clock.getUTCDate()}`, "month", monthTitle],
  [WEEK, (clock) => `W${week(clock)} · ${clock.getUTCDate()} ${MONTHS[clock.getUTCMonth()]}`, "month", monthTitle],
  ["month", (clock) => MONTHS[clock.getUTCMonth()], "year", (clock) => String(clock.getUTCFullYear())],
  ["quarter", (clock) => `Q${1 + clock.getUTCMonth() / 3}`, "year", (clock) => String(clock.getUTCFullYear())],
  ["year", (clock) => String(clock.getUTCFullYear()), "year", () => ""],
];
const LENGTH = { month: 30 * DAY, quarter: 91 * DAY, year: 365 * DAY };
const MONTHS_OF = { month: 1, quarter: 3, year: 12 };

/** Local times at which a step falls, from just before `from` to `to` (local seconds). */
function fallOn(step, from, to) {
  const found = [];
  if (typeof step === "string") {
    const many = MONTHS_OF[step], clock = new Date(from * 1000);
    let month = clock.getUTCFullYear() * 12 + Math.floor(clock.getUTCMonth() / many) * many;
    for (let at = monthStart(month); at <= to; month += many, at = monthStart(month)) found.push(at);
    return found;
  }
  const phase = step === WEEK ? 4 * DAY : 0; // 5 January 1970 was a Monday
  for (let at = Math.floor((from - phase) / step) * step + phase; at <= to; at += step) found.push(at);
  return found;
}

/**
 * Ticks of the axis between two moments (Unix seconds): `small` and `large`, each {at, label}.
 * The smallest step is taken whose labels keep `room` pixels.
 */
export function makeTicks(zone, from, to, secondsPerPixel, room = 62) {
  const length = (step) => LENGTH[step] ?? step;
  const [small, name, large, title] =
    STEPS.find(([step]) => length(step) / secondsPerPixel >= (step === WEEK ? room * 1.5 : room)) ?? STEPS.at(-1);
  const localFrom = from + zone.offset(from), localTo = to + zone.offset(to);
  const make = (step, label) => fallOn(step, localFrom, localTo)
    .map((local) => ({ at: zone.moment(local), label: label(new Date(local * 1000)) }));
  return { small: make(small, name), large: make(large, title), step: length(small) };
}
