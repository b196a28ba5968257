/**
 * The site made of these pages: `npm run docs` shows it while you write, `npm run docs:build` makes it.
 */
import { cpSync } from "node:fs"
import { defineConfig } from "vitepress"
import { docs, reference, sections } from "./pages.ts"

// Files to look at, which come with the site as they are.
const isSource = (url: string): boolean => /\.(ts|json)(#.*)?$/.test(url)

export default defineConfig({
  title: "followup",
  description:
    "Bring customers back to a chat they left: push first, then a text and an email, every silence explained.",
  head: [["link", { rel: "icon", href: "data:," }]],
  cleanUrls: true,
  ignoreDeadLinks: [isSource],
  markdown: {
    config: (markdown) => {
      // README.md is the page to start with; its links start at its own folder.
      markdown.core.ruler.before("normalize", "readme", (state) => {
        if (state.env.relativePath === "start.md") state.src = state.src.replaceAll("](docs/", "](/")
      })
    },
  },
  buildEnd: ({ outDir }) => cpSync(`${docs}/examples`, `${outDir}/examples`, { recursive: true }),
  // One chunk each: the rules, for the pages that play them, and the index to search.
  vite: { build: { chunkSizeWarningLimit: 1_500 } },
  themeConfig: {
    nav: [
      { text: "Guide", link: "/start" },
      { text: "Playground", link: "/playground" },
      { text: "API", link: "/api/" },
    ],
    sidebar: { "/api/": [{ text: "Entry points", items: reference() }], "/": sections },
    outline: [2, 3],
    search: { provider: "local" },
  },
})
