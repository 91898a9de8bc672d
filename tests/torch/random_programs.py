"""Random programs, compared with PyTorch.

Each program is one scalar J of many operations over small tensors of different sizes; nabla's value, its gradient by one
variable and its mixed second derivative by two are compared, through --json, with torch.autograd in double precision.

    go build -o /tmp/nabla-torch ./cmd/repl
    python3 tests/torch/random_programs.py /tmp/nabla-torch [SEED [COUNT [DEPTH]]]

Where a norm is 0 it has no derivative: nabla answers NaN, PyTorch 0 or NaN; such programs are listed too. The second
derivative of det at a singular matrix is refused (E308).

It prints the programs that differ, fail or take more than 30 s, and ends with status 1 if there are any.
"""
import json
import math
import random
import subprocess
import sys

try:
  import torch
except ImportError:
  print("PyTorch is absent: nothing was compared")
  sys.exit(0)
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
D={'n':3,'m':5,'k':2}
VARS={'a':(), 'b':(), 'x':('n',),'u':('n',),'y':('m',),'z':('k',),'A':('m','n'),'B':('n','n'),'C':('m','m'),'E':('n','k'),'F':('n','m'),'G':('k','n'),'H':('k','m'),'P':('m','k'),'S':('k','k'),'T':('n','m','k')}
class G:
  def __init__(s,r): s.r=r
  def gen(s,shape,depth):
    r=s.r
    leaves=[v for v,sh in VARS.items() if sh==shape]
    if depth<=0 or r.random()<0.1:
      if leaves:
        v=r.choice(leaves); return v, (lambda v: lambda e: e[v])(v)
    opts=OPS.get(len(shape),[])
    for _ in range(60):
      op=r.choice(opts); out=op(s,shape,depth)
      if out: return out
    if leaves:
        v=r.choice(leaves); return v, (lambda v: lambda e: e[v])(v)
    return None
def un(name,f,pre=None):
  def op(s,sh,d):
    g=s.gen(sh,d-1)
    if not g: return
    t,h=g
    if pre: t,h=pre(t,h)
    return f"{name}({t})", (lambda h: lambda e:f(h(e)))(h)
  return op
def pos(t,h): return f"1 + ({t}).^2", lambda e:1+h(e)**2
def pos1(t,h): return f"1 + ({t})^2", lambda e:1+h(e)**2
def small(t,h): return f"tanh({t})/2", lambda e: torch.tanh(h(e))/2
EW=[un('exp',lambda v:torch.exp(v),small),un('tanh',torch.tanh),un('sin',torch.sin),un('cos',torch.cos),un('sigmoid',torch.sigmoid),un('softplus',torch.nn.functional.softplus),
 un('relu',torch.relu),un('abs',torch.abs),un('erf',torch.erf),un('square',torch.square),un('gelu',torch.nn.functional.gelu),un('silu',torch.nn.functional.silu),un('elu',torch.nn.functional.elu),un('atan',torch.atan),un('expm1',torch.expm1,small),un('sinh',torch.sinh,small),un('asin',torch.asin,small),un('leaky_relu',torch.nn.functional.leaky_relu)]
def lg(s,sh,d):
  g=s.gen(sh,d-1)
  if not g: return
  t,h=g; o = '.^2' if sh else '^2'
  k=s.r.choice(['log','sqrt','log1p'])
  return f"{k}(1 + ({t}){o})", lambda e:getattr(torch,k)(1+h(e)**2)
EW.append(lg)
def binop(s,sh,d):
  a=s.gen(sh,d-1); b=s.gen(sh,d-1)
  if not a or not b: return
  k=s.r.choice('+-*/')
  ta,ha=a;tb,hb=b
  if k=='+': return f"({ta} + {tb})",lambda e:ha(e)+hb(e)
  if k=='-': return f"({ta} - ({tb}))",lambda e:ha(e)-hb(e)
  if k=='*': return f"(({ta}) ⊙ ({tb}))" if sh else f"(({ta}) ({tb}))",lambda e:ha(e)*hb(e)
  if sh: return f"(({ta}) ./ (1 + ({tb}).^2))",lambda e:ha(e)/(1+hb(e)**2)
  return f"(({ta}) / (1 + ({tb})^2))",lambda e:ha(e)/(1+hb(e)**2)
def scal(s,sh,d):
  a=s.gen((),d-1); b=s.gen(sh,d-1)
  if not a or not b: return
  return f"(({a[0]}) ({b[0]}))", lambda e:a[1](e)*b[1](e)
def num(s,sh,d):
  b=s.gen(sh,d-1)
  if not b: return
  c=s.r.choice(['2','3','1/2','0.3'])
  v=eval(c)
  return f"({c}*({b[0]}))", lambda e:v*b[1](e)
def minmax(s,sh,d):
  a=s.gen(sh,d-1); b=s.gen(sh,d-1)
  if not a or not b: return
  k=s.r.choice(['min','max'])
  f={'min':torch.minimum,'max':torch.maximum}[k]
  return f"{k}({a[0]}, {b[0]})", lambda e:f(a[1](e),b[1](e))
def anyshape(r,ranks=(1,2)):
  k=r.choice(ranks)
  return tuple(r.choice('nmk') for _ in range(k)) if k<3 else ('n','m','k')
def reduce_all(s,sh,d):
  q=anyshape(s.r,(1,2,2,3)); 
  if q==('k',): return
  a=s.gen(q,d-1)
  if not a: return
  t,h=a
  k=s.r.choice(['sum','mean','norm','norm2','logsumexp','max','min','norm1'])
  if k=='norm' : return f"‖({t})‖", lambda e:torch.sqrt((h(e)**2).sum())
  if k=='norm2': return f"‖{t}‖²", lambda e:(h(e)**2).sum()
  if k=='norm1': return f"sum(abs({t}))", lambda e:h(e).abs().sum()
  f={'sum':torch.sum,'mean':torch.mean,'logsumexp':lambda v:torch.logsumexp(v.reshape(-1),0),'max':torch.max,'min':torch.min}[k]
  return f"{k}({t})", lambda e:f(h(e))
def dotp(s,sh,d):
  q=(s.r.choice('nm'),)
  a=s.gen(q,d-1);b=s.gen(q,d-1)
  if not a or not b: return
  return f"(({a[0]})ᵀ ({b[0]}))",lambda e:(a[1](e)*b[1](e)).sum()
def trc(s,sh,d):
  q=s.r.choice('nm'); a=s.gen((q,q),d-1)
  if not a: return
  k=s.r.choice(['tr','det','logdet'])
  if k=='tr': return f"tr({a[0]})",lambda e:torch.trace(a[1](e))
  if k=='det': return f"det({a[0]})",lambda e:torch.linalg.det(a[1](e))
  return f"logdet(eye({q}) + ({a[0]}) ({a[0]})ᵀ)",lambda e:torch.logdet(torch.eye(D[q])+a[1](e)@a[1](e).T)
def quad(s,sh,d):
  q=s.r.choice('nm'); a=s.gen((q,),d-1);m=s.gen((q,q),d-1)
  if not a or not m: return
  return f"(({a[0]})ᵀ ({m[0]}) ({a[0]}))",lambda e:a[1](e)@m[1](e)@a[1](e)
def matvec(s,sh,d):
  q=s.r.choice('nm'); m=s.gen((sh[0],q),d-1);a=s.gen((q,),d-1)
  if not a or not m: return
  return f"(({m[0]}) ({a[0]}))",lambda e:m[1](e)@a[1](e)
def solv(s,sh,d):
  q=sh[0]; m=s.gen((q,q),d-1);a=s.gen((q,),d-1)
  if not a or not m or q=='k': return
  return f"solve(eye({q}) + ({m[0]}) ({m[0]})ᵀ, {a[0]})",lambda e:torch.linalg.solve(torch.eye(D[q])+m[1](e)@m[1](e).T,a[1](e))
def axisred(s,sh,d):
  q=s.r.choice([z for z in 'nmk' if z!=sh[0]]); first=s.r.random()<.5
  full=(sh[0],q) if first else (q,sh[0]); ax=1 if first else 0
  a=s.gen(full,d-1)
  if not a: return
  k=s.r.choice(['sum','mean','logsumexp','max','norm'])
  f={'sum':lambda v:v.sum(ax),'mean':lambda v:v.mean(ax),'logsumexp':lambda v:torch.logsumexp(v,ax),'max':lambda v:v.max(ax).values,'norm':lambda v:v.norm(dim=ax)}[k]
  return f"{k}({a[0]}, {q})",lambda e:f(a[1](e))
def sm(s,sh,d):
  a=s.gen(sh,d-1)
  if not a or sh==('k',): return
  k=s.r.choice(['softmax','logsoftmax'])
  f={'softmax':torch.softmax,'logsoftmax':torch.log_softmax}[k]
  if len(sh)==1: return f"{k}({a[0]})",lambda e:f(a[1](e),0)
  ax=s.r.choice([0,1]); 
  nm=sh[ax] if sh[0]!=sh[1] else str(ax+1)
  return f"{k}({a[0]}, {nm})",lambda e:f(a[1](e),ax)
def dg(s,sh,d):
  a=s.gen((sh[0],sh[0]),d-1)
  if not a: return
  return f"diag({a[0]})",lambda e:torch.diagonal(a[1](e))
def matmul(s,sh,d):
  q=s.r.choice('nmk'); a=s.gen((sh[0],q),d-1);b=s.gen((q,sh[1]),d-1)
  if not a or not b: return
  return f"(({a[0]}) ({b[0]}))",lambda e:a[1](e)@b[1](e)
def transp(s,sh,d):
  a=s.gen((sh[1],sh[0]),d-1)
  if not a: return
  return f"({a[0]})ᵀ",lambda e:a[1](e).T
def outer(s,sh,d):
  a=s.gen((sh[0],),d-1);b=s.gen((sh[1],),d-1)
  if not a or not b: return
  return f"(({a[0]}) ({b[0]})ᵀ)",lambda e:torch.outer(a[1](e),b[1](e))
def inv(s,sh,d):
  if sh[0]!=sh[1]: return
  q=sh[0]; a=s.gen(sh,d-1)
  if not a: return
  return f"(eye({q}) + ({a[0]}) ({a[0]})ᵀ)⁻¹",lambda e:torch.linalg.inv(torch.eye(D[q])+a[1](e)@a[1](e).T)
def diagm(s,sh,d):
  if sh[0]!=sh[1]: return
  a=s.gen((sh[0],),d-1)
  if not a: return
  return f"diag({a[0]})",lambda e:torch.diag(a[1](e))
def chol(s,sh,d):
  if sh[0]!=sh[1]: return
  q=sh[0]; a=s.gen(sh,d-1)
  if not a: return
  return f"cholesky(eye({q}) + ({a[0]}) ({a[0]})ᵀ)",lambda e:torch.linalg.cholesky(torch.eye(D[q])+a[1](e)@a[1](e).T)
def bcast(s,sh,d):
  if sh[0]==sh[1]: return
  a=s.gen(sh,d-1); w=s.r.choice([0,1]); b=s.gen((sh[w],),d-1)
  if not a or not b: return
  k=s.r.choice(['+','⊙'])
  def f(e):
    v=b[1](e); v=v[:,None] if w==0 else v[None,:]
    return a[1](e)+v if k=='+' else a[1](e)*v
  return f"(({a[0]}) {k} ({b[0]}))",f
def matpow(s,sh,d):
  if sh[0]!=sh[1]: return
  a=s.gen(sh,d-1)
  if not a: return
  p=s.r.choice([2,3])
  return f"({a[0]})^{p}",lambda e:torch.linalg.matrix_power(a[1](e),p)
def tcontr(s,sh,d):
  if sh!=('n','m'): return
  return "sum(T, k)", lambda e:e['T'].sum(2)
OPS={0:EW+[binop]*6+[num,minmax]+[reduce_all]*14+[dotp]*5+[trc]*5+[quad]*4,
 1:EW+[binop]*6+[scal,num,minmax,solv]+[matvec]*8+[axisred]*5+[sm]*4+[dg]*2,
 2:EW+[binop]*6+[scal,num,minmax,inv,diagm,chol,bcast,bcast,matpow,tcontr]+[matmul]*8+[transp]*4+[outer]*4+[sm]*3,
 3:EW+[binop]*3+[scal,num]}
def programs(seed,count,depth):
  r=random.Random(seed)
  for c in range(count):
    g=G(r); t,f=g.gen((),r.randint(2,depth))
    vs=[v for v in VARS]
    torch.manual_seed(c+seed*1000)
    env={v:torch.randn([D[q] for q in sh])*0.7 for v,sh in VARS.items()}
    by=r.choice(vs)
    by2=r.choice(vs)
    decl="; ".join(f"{v} : R"+(f"[{','.join(sh)}]" if sh else "") for v,sh in VARS.items())
    vals="; ".join(f"{v} := {json.dumps(env[v].tolist())}" for v in VARS)
    X={v:env[v].clone().requires_grad_(True) for v in VARS}
    try:
      val=f(X)
      gr,=torch.autograd.grad(val,X[by],create_graph=True,allow_unused=True)
      if gr is None: gr=torch.zeros_like(X[by])
      H=None
      if gr.requires_grad:
        rows=[torch.autograd.grad(gr.reshape(-1)[i],X[by2],retain_graph=True,allow_unused=True)[0] for i in range(gr.numel())]
        H=torch.stack([torch.zeros_like(X[by2]) if q is None else q for q in rows]).reshape(list(gr.shape)+list(X[by2].shape))
      else: H=torch.zeros(list(gr.shape)+list(X[by2].shape))
    except Exception as ex:
      continue
    src=f"{decl};\ndim n=3, m=5, k=2;\n{vals};\nJ = {t}\neval(J)\n∂J/∂{by}\neval(∂J/∂{by})\n"+(f"grad(grad(J,{by}),{by2})\neval(grad(grad(J,{by}),{by2}))\n" )
    yield dict(src=src,t=t,by=by,by2=by2,val=val.detach(),g=gr.detach(),H=H.detach())
def flat(v): return [float(z) if not isinstance(z,str) else float(z.replace('Infinity','inf')) for z in v['data']]
if __name__=='__main__':
  if len(sys.argv)<2: sys.exit(__doc__)
  program=sys.argv[1]; seed,count,depth=[int(v) for v in sys.argv[2:]+['1','300','5'][len(sys.argv)-2:]]
  bad=0;ok=0;err=0
  for c in programs(seed,count,depth):
    try: p=subprocess.run([program,'--json','-'],input=c['src'],capture_output=True,text=True,timeout=30)
    except subprocess.TimeoutExpired:
      print("TIMEOUT",c['t'],c['by'],c['by2']); err+=1; continue
    ls=[json.loads(l) for l in p.stdout.splitlines()]
    res=[l for l in ls if l['in'].startswith(('eval','J =','∂J','grad('))]
    e=[l for l in ls if l['error']]
    if e:
      print("ERR",c['t'],'by',c['by'],c['by2'],e[0]['error']['code'],e[0]['error']['message'],'| in',e[0]['in'][:60]); err+=1; continue
    ev=[l for l in ls if l['in'].startswith('eval')]
    for l,want,what in zip(ev,[c['val'],c['g'],c['H']],['val','grad','hess']):
      w=want.reshape(-1).tolist()
      if not l['value']:
        print("NOVAL",l['in'],c['t']);bad+=1;break
      gt=flat(l['value'])
      if len(w)!=len(gt): print("SHAPE",what,c['t'],c['by'],c['by2']);bad+=1;break
      sc=max([1e-3]+[abs(z) for z in w if z==z and abs(z)!=math.inf])
      d=max(abs(p-q) if (p==p and q==q) else (0 if p!=p and q!=q else 9e99) for p,q in zip(w,gt))
      if d>1e-7*sc:
        txt=[z['text'] for z in ls if z['kind']=='expr'and not z['in'].startswith('eval')]
        print("BAD",what,'err',d,'scale',sc,'\n   ',c['t'],'by',c['by'],c['by2'],'\n   ',txt);bad+=1;break
    else: ok+=1
  print("ok",ok,"bad",bad,"err",err)
  sys.exit(1 if bad or err else 0)
