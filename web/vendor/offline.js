// The service worker: the whole lab is kept in the browser, so that the second visit works without a network. A new version is fetched
// beside the one in use and waits until the learner takes it, or until no tab of the lab is open: it never replaces a running exercise.
import { addPlugins, precacheAndRoute } from 'workbox-precaching';

// Files keep their names from one version to the next, so a host is asked whether they changed; Workbox would download all of them again.
addPlugins([{ requestWillFetch: async ({ request }) => new Request(request, { cache: 'no-cache' }) }]);
precacheAndRoute(self.__TIMONIER_FILES, { cleanURLs: false, ignoreURLParametersMatching: [/.*/] });

self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('message', (event) => {
  if (event.data === 'take-over') self.skipWaiting();
});
