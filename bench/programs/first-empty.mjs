// What Node's loader of modules takes, whoever's modules they are.
export {};
