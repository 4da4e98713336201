export function main(args: string[], at: { root: string }): Promise<number> {
  console.log(args, at);
  return Promise.resolve(0);
}
