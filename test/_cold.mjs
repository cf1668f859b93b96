const t0=performance.now();
const torch=await import('torchlet'); const t1=performance.now();
torch.capabilities(); const t2=performance.now();
const m=new torch.nn.Linear(784,10); const x=torch.zeros(1,784); torch.noGrad(()=>m.forward(x)).argmax(1).itemSync(); const t5=performance.now();
console.log('import',(t1-t0).toFixed(1),'core',(t2-t1).toFixed(1),'rest',(t5-t2).toFixed(1));
