/** Steps of vmlinux's link that are counted when progress is shown, as seen on 6.1. */
export const linkSteps = 18;
