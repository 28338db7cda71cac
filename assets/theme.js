// Before the first paint: whether the address is the home page, and light or dark, as the learner last chose.
document.documentElement.dataset.at = /^#?\/?$/.test(location.hash) ? 'home' : 'elsewhere';
// A lesson's text is wanted as soon as the page's program runs.
const lesson = /^#\/cours\/([\w-]+)/.exec(location.hash);
if (lesson) {
  const link = document.createElement('link');
  Object.assign(link, { rel: 'preload', as: 'fetch', crossOrigin: 'anonymous', href: `cours/${lesson[1]}.bin` });
  document.head.append(link);
}
try {
  const kept = localStorage.getItem('timonier.theme');
  const dark = kept === 'dark' || (kept !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
} catch {
  // Without storage the system's choice is applied when the program arrives.
}
