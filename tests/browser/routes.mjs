// Which routes of the web pages a walk reached, and which it did not.
//
// The addresses come from the sources, as the test of every page reads them; which methods each takes, the running program says
// itself: it names them when it is asked with another.

export class Routes {
  // `paths` as the sources write them, such as "/items/{id}".
  static async of(base, paths) {
    const routes = [];
    for (const path of paths) {
      const address = path.replace(/\{\*?\w+\}/g, "01900000-0000-7000-8000-000000000000");
      const answer = await fetch(base + address, { method: "DELETE", redirect: "manual" });
      const methods = (answer.headers.get("allow") ?? "").split(/,\s*/).filter((method) => ["GET", "POST"].includes(method));
      if (answer.status !== 405 || methods.length === 0) throw new Error(`${path} does not say which methods it takes: ${answer.status}`);
      const pattern = new RegExp(`^${path.replace(/\{\*\w+\}/g, ".+").replace(/\{\w+\}/g, "[^/]+")}$`);
      for (const method of methods) routes.push({ name: `${method} ${path}`, method, pattern, wild: (path.match(/\{/g) ?? []).length });
    }
    // Of two that fit an address, the program takes the one that is said more exactly.
    routes.sort((one, other) => one.wild - other.wild);
    return Object.assign(new Routes(), { routes });
  }

  // What is wrong when these were reached, as "GET /items/1", and these need not be: routes by name, with the reason.
  faults(reached, excused) {
    const walked = new Set();
    for (const one of reached) {
      const [method, path] = one.split(" ");
      const route = this.routes.find((route) => route.method === method && route.pattern.test(path));
      if (route) walked.add(route.name);
    }
    const missing = this.routes.map(({ name }) => name).filter((name) => !walked.has(name) && !excused[name]);
    const needless = Object.keys(excused).filter((name) => walked.has(name) || !this.routes.some((route) => route.name === name));
    return [...missing.map((name) => `${name} is not walked`), ...needless.map((name) => `${name} is excused and need not be`)];
  }
}
