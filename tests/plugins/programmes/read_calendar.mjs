// npm ical.js, strict: the events of each calendar of a JSON list on stdin, with the moments that its own VTIMEZONE gives.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const ICAL = (await import(pathToFileURL(process.argv[2]))).default;
ICAL.design.strict = true;

function moment(time) {
  return time.isDate ? time.toString() : time.convertToZone(ICAL.Timezone.utcTimezone).toString();
}

function read(text) {
  ICAL.TimezoneService.reset();
  const calendar = new ICAL.Component(ICAL.parse(text));
  for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
  return calendar.getAllSubcomponents("vevent").map((component) => {
    const event = new ICAL.Event(component, { strictExceptions: true });
    return {
      uid: event.uid,
      stamp: moment(component.getFirstPropertyValue("dtstamp")),
      start: moment(event.startDate),
      end: moment(event.endDate),
      summary: event.summary,
      location: event.location,
      description: event.description,
      categories: component.getFirstProperty("categories")?.getValues() ?? [],
      status: component.getFirstPropertyValue("status"),
    };
  });
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(read)));
