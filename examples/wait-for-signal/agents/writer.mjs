console.log(JSON.stringify({ output: { draft: 'All is well.' } }));
