/** The name of the file that has the memory of a VM which panicked: beside its console's. Pure. */
export const coreFile = (console: string): string => `${console.replace(/\.log$/, '')}.core`;

/** One of a kloop, by its process's number. */
export const coreName = /^console-[\d-]+-(\d+)\.core(?:\.part)?$/;
