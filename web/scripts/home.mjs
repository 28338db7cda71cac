// Writes the lessons into the built site's home page, so that they can be seen, and chosen, before any program runs.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

const dist = process.argv[2];
if (!dist) throw new Error('usage: node home.mjs DIST');

const escaped = (text) => text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);
const page = path.join(dist, 'index.html');
const html = await readFile(page, 'utf8');
const course = JSON.parse(await readFile(path.join(dist, 'cours', 'index.json'), 'utf8'));
const lessons = course.lessons ?? course.chapters.flatMap((chapter) => chapter.lessons);
const list = lessons.map(({ id, title }) => `<li><a href="#/cours/${encodeURIComponent(id)}">${escaped(title)}</a></li>`).join('');
const place = /(<ol id="cours-statique">)[^<]*(<\/ol>)/;
if (!place.test(html)) throw new Error('index.html has no place for the lessons');
await writeFile(page, html.replace(place, (_, before, after) => before + list + after));
