/** Who may read from a test registry. */
export type Account = { readonly username: string; readonly password: string };
