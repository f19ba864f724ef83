/** Runs the sections of the tutorial one after the other: `npm run tutorial`. */
const sections = ['1-derivative', '2-jacobian', '3-sine', '4-partial-derivatives', '5-partial-curves'];

for (const section of sections) {
  console.log(`\n===== ${section} =====`);
  await import(`./${section}.js`);
}
console.log('\nThe charts are in docs/images/.');
