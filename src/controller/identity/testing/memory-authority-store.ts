import type { AuthorityStore, StoredAuthorities } from "../authorities.ts";

/** Keeps the authorities in memory; `beforeWrite` is where a test lets somebody else be first. */
export function createMemoryAuthorityStore(beforeWrite: () => void = () => {}): AuthorityStore & {
  content: StoredAuthorities | undefined;
} {
  let version = 0;
  let content: StoredAuthorities | undefined;
  return {
    get content() {
      return content;
    },
    set content(next) {
      content = next;
      version += 1;
    },
    async read() {
      return content && { ...content, version: String(version) };
    },
    async create(next) {
      beforeWrite();
      if (content !== undefined) return false;
      this.content = next;
      return true;
    },
    async replace(next, expected) {
      beforeWrite();
      if (String(version) !== expected) return false;
      this.content = next;
      return true;
    },
  };
}
